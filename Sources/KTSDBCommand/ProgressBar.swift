internal import CLibrary
internal import KTSDBTools

/// Shows how far a command is, in one line of standard error; nothing if that is not a terminal.
final class ProgressBar {
    enum Unit { case bytes, samples, series }

    private let unit: Unit
    private let isShown: Bool
    private var lastShown: ContinuousClock.Instant?
    private var hasText = false
    private static let width = 30

    init(_ unit: Unit, isShown: Bool) {
        self.unit = unit
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    /// Shows that `done` of `total` are done, at most ten times a second; without a total, only how many that are.
    func show(_ done: UInt64, of total: UInt64? = nil) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        hasText = true
        var line = "\r"
        if let total, total > 0 {
            let share = min(1, Double(done) / Double(total)), filled = Int(share * Double(Self.width))
            line += "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: Self.width - filled)
            line += "] \(Int(share * 100)) % of \(text(total))"
        } else {
            line += text(done)
        }
        write(line + "\u{1b}[K")
    }

    /// Removes the line.
    func finish() {
        if hasText { write("\r\u{1b}[K") }
        hasText = false
    }

    private func text(_ count: UInt64) -> String {
        switch unit {
        case .bytes: HumanText.bytes(count)
        case .samples: "\(count) samples"
        case .series: "\(count) series"
        }
    }

    private func write(_ text: String) { _ = SystemCall.writeBytes(STDERR_FILENO, Array(text.utf8)) }

    /// Writes a line to standard error.
    static func complain(_ text: String) { _ = SystemCall.writeBytes(STDERR_FILENO, Array("ktsdb: \(text)\n".utf8)) }
}
