internal import GoTemplate

/// A duration as Go writes it: `1h30m0s`.
func goDuration(_ duration: Duration) -> String { GoDuration.text(duration.nanoseconds) }
