"""Wrong: what os.write has handed to the system is not on disk yet."""

import os
import pickle

import solution


class DurableDict(solution.DurableDict):
    def _append(self, *change):
        record, end = pickle.dumps(change), os.fstat(self._log).st_size
        try:
            while record:
                record = record[os.write(self._log, record) :]
        except BaseException:
            os.ftruncate(self._log, end)
            raise
        self._change(*change)
