"""The scale of colours from little to much.

Viridis (Smith and van der Walt 2015, CC0): even to the eye, in grey, and in every kind of colour blindness.
"""

SCALE = (
    (68, 1, 84),
    (71, 45, 123),
    (59, 82, 139),
    (44, 114, 142),
    (33, 145, 140),
    (40, 174, 128),
    (94, 201, 98),
    (173, 220, 48),
    (253, 231, 37),
)
"""Red, green, blue of 0 to 255, at even steps from 0 to 1; between them straight on."""
