"""What each lecture computes, reports and draws: a part a file. `commands` has the list of them."""
