"""Wrong: the server calls what that name is registered with, with the result."""

from solution import Settings, SettingsManager

SettingsManager.register("Settings", Settings, method_to_typeid={"section": "Settings"})
