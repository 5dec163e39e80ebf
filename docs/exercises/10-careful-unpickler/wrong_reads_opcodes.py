"""Wrong: it looks for the opcode GLOBAL, but since protocol 4 the names come from
elsewhere."""

import pickle
import pickletools

import solution


class CarefulConnection(solution.CarefulConnection):
    def recv(self):
        message = self.recv_bytes()
        for opcode, argument, _ in pickletools.genops(message):
            if opcode.name == "GLOBAL":
                if tuple(argument.split()) not in self.listed:
                    raise pickle.UnpicklingError(f"{argument} is not listed")
        return pickle.loads(message)
