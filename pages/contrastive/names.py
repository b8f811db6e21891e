"""Names of the views of the Augmentations page, as its menu and its lesson have them."""

OPERATORS, COMPOSE, CROPS, SHORTCUT, MATRIX = (
    "Operators",
    "Compose",
    "Crops",
    "Colour shortcut",
    "Pairs measured",
)
