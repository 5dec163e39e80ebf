"""Wrong: it lets all builtins through, as if they were harmless."""

import pickle

import solution
from solution import CarefulConnection


class CarefulUnpickler(solution.CarefulUnpickler):
    def find_class(self, module, name):
        if module == "builtins":
            return pickle.Unpickler.find_class(self, module, name)
        return super().find_class(module, name)


solution.CarefulUnpickler = CarefulUnpickler  # for CarefulConnection
