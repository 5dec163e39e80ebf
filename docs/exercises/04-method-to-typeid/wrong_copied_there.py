"""Wrong: Settings made of Settings; each time that is another object."""

from minimp import SyncManager


class Settings:
    """Values by key, and sections by name, which are Settings too; complete."""

    def __init__(self, other=None):
        self.values = dict(other.values) if other else {}
        self.sections = dict(other.sections) if other else {}

    def set(self, key, value):
        self.values[key] = value

    def get(self, key):
        """Return the value, or None."""
        return self.values.get(key)

    def section(self, name):
        """Return a section, which is made when it is first asked for."""
        return self.sections.setdefault(name, Settings())


class SettingsManager(SyncManager):
    """A manager that can make `Settings`."""


SettingsManager.register("Settings", Settings, method_to_typeid={"section": "Settings"})
