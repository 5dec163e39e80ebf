"""Wrong: the dict is changed before it is known whether the change can be kept."""

import os
import pickle

import solution


class DurableDict(solution.DurableDict):
    def _append(self, *change):
        self._change(*change)
        record, end = pickle.dumps(change), os.fstat(self._log).st_size
        try:
            while record:
                record = record[os.write(self._log, record) :]
            os.fsync(self._log)
        except BaseException:
            os.ftruncate(self._log, end)
            raise
