"""The rows of the contract, a file a subject. A new file here is found by itself, and so are its functions.

A file holds, in this order: inputs; truth in many digits, by two routes; what mistakes are made of; ``ROWS``, each function's row
(see `refebm.oracle.row`); ``RIGHT``, two or more right ways of writing each function, none of them refebm's own, in which the
oracle has to take no offence; and at last refebm's own. That is ``PACKAGE``, each function's name to the package's function with
shapes adapted, and, where there are such, ``RESTS_ON``, the package's functions on which the answer rests beside the one of its own
name, and ``NO_PART``, those that run too, but give another part of what the package gives. Above it nothing knows of the package's
functions, so that the truth is independent of them.
"""
