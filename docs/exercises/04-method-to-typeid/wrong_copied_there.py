"""Wrong: Settings made of Settings; each time that is another object."""

import solution
from solution import SettingsManager


class Settings(solution.Settings):
    def __init__(self, other=None):
        super().__init__()
        if other:
            self.values.update(other.values)
            self.sections.update(other.sections)


SettingsManager.register("Settings", Settings, method_to_typeid={"section": "Settings"})
