"""A solution: two names for one class; one makes an object, the other takes it."""

from minimp import SyncManager


class Settings:
    """Values by key, and sections by name, which are Settings too; complete."""

    def __init__(self):
        self.values, self.sections = {}, {}

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


SECTIONS = {"section": "Section"}

SettingsManager.register("Settings", Settings, method_to_typeid=SECTIONS)
SettingsManager.register("Section", method_to_typeid=SECTIONS, create_method=False)
