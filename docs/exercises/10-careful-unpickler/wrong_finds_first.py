"""Wrong: it finds the class before it looks at the list, and to find it imports its
module, which runs that."""

import pickle

import solution
from solution import CarefulConnection


class CarefulUnpickler(solution.CarefulUnpickler):
    def find_class(self, module, name):
        found = pickle.Unpickler.find_class(self, module, name)
        if (module, name) not in self.listed:
            raise pickle.UnpicklingError(f"{module}.{name} is not listed")
        return found


solution.CarefulUnpickler = CarefulUnpickler  # for CarefulConnection
