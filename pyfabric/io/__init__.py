"""Files of other tools, read and written. Each format has a module or package of its own."""
