"""The laws of chance: functions that draw, and the exact laws that they are held against."""
