SIZES: dict[str, int]
METHODS: tuple[str, ...]

class PythonAlgorithm:
    raised: dict[tuple[int, int], BaseException]
    interrupted: bool
    def __init__(
        self,
        kind: type,
        name: str,
        version: str,
        parameters: tuple[str, ...],
        observed: tuple[str, ...] = (),
    ) -> None: ...
    def capsule(self) -> object: ...
