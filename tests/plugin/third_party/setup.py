"""Two extension modules against pyfabric's header: one in C, one in Cython."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import pyfabric

STRICT = ["-ffp-contract=off"]
INCLUDE = [pyfabric.get_include()]

setup(
    ext_modules=[
        Extension("aimd_plugin.in_c", ["aimd_plugin/in_c.c"], INCLUDE, extra_compile_args=STRICT),
        *cythonize(
            [
                Extension(
                    f"aimd_plugin.{name}",
                    [f"aimd_plugin/{name}.pyx"],
                    INCLUDE,
                    extra_compile_args=STRICT,
                )
                for name in ("in_cython", "layout")
            ],
            language_level=3,
        ),
    ]
)
