"""/main.py of every board: lets the loader pick a slot, and runs it. Never updated over the air."""

import sys

LOADER = 1  # a bundle says from which loader on it can be started


def start() -> None:
    """Returns to a technician only; a program that ends in another way starts again, and the loader counts that."""
    import loader

    try:
        loader.prepare()
        del sys.modules["loader"], loader  # ten kilobytes that only the choice needed
        from firmware.device.main import run

        run()
    except KeyboardInterrupt:
        from loader import leave_to_technician

        leave_to_technician()
    except BaseException as error:
        import machine

        sys.print_exception(error)
        machine.reset()
        raise


if __name__ == "__main__":
    start()
