"""What a manager's Value accepts, and what it has not (see `wrapper.managed`)."""


def main(mp):
    with mp.Manager() as manager:
        attempts = {
            'Value("i", "not an int").value': lambda: (
                manager.Value("i", "not an int").value
            ),
            'Value("i", 0).get_lock()': lambda: manager.Value("i", 0).get_lock(),
        }
        for name, attempt in attempts.items():
            try:
                print(f"manager.{name}: {attempt()!r}")
            except AttributeError as error:
                print(f"manager.{name}:\nAttributeError: {error}")
