"""Wrong: a section of a section still comes as a copy."""

from solution import SettingsManager

SettingsManager.register("Section", create_method=False)
