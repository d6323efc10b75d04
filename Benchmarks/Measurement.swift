internal import CLibrary

/// Returns the shortest processor time of several runs, in nanoseconds for each of `count` items.
func nanoseconds(per count: Int, runs: Int = 5, _ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<runs {
        let start = processorTime()
        body()
        best = min(best, processorTime() - start)
    }
    return best / Double(max(count, 1))
}

/// Returns how long this thread has been running, in nanoseconds: other processes on the machine do not count.
func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

func format(_ value: Double, _ width: Int, _ digits: Int = 2) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let text = digits == 0 ? String(Int(value.rounded())) : String((value * scale).rounded() / scale)
    return String(repeating: " ", count: max(0, width - text.count)) + text
}

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
