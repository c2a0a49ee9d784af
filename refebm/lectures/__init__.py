"""What each lecture computes, reports and draws."""
