internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import PrometheusWire

/// What is logged about the clock and about retention: each event once. The database reports failures as events.
struct ClockNews {
    /// A line of the log.
    struct Line: Equatable {
        var level: Logger.Level
        var text: String
    }

    /// In milliseconds. Samples that are further ahead came while the clock was wrong: a server does not accept any.
    fileprivate static let tolerance: Int64 = 600_000

    private var last = RetentionStatistics()

    /// Returns what is new since the last call.
    mutating func lines(of now: RetentionStatistics) -> [Line] {
        var lines: [Line] = []
        func add(_ old: String?, _ new: String?, whenOver text: String) {
            if let new {
                if old == nil { lines.append(Line(level: .warning, text: new)) }
            } else if old != nil {
                lines.append(Line(level: .info, text: text))
            }
        }
        add(last.pauseConcern, now.pauseConcern, whenOver: "retention continues: the clock is back, or was confirmed")
        add(last.rateConcern, now.rateConcern, whenOver: "retention has caught up")
        add(last.futureConcern, now.futureConcern, whenOver: "the newest sample is no longer ahead of the clock")
        last = now
        return lines
    }
}

/// Notices when more samples are refused for being ahead of the clock than are stored: then the clock of this machine
/// is slow, or those of all senders are fast.
struct RefusalWatch {
    private var last: (stored: Int, refused: Int)?
    /// What an operator should know; nil if all is well.
    private(set) var concern: String?

    /// Takes the numbers of samples stored, and refused for being ahead of the clock, since the start.
    mutating func observe(stored: Int, refused: Int) {
        defer { last = (stored, refused) }
        guard let last, stored > last.stored || refused > last.refused else { return }
        let new = refused - last.refused
        concern =
            new > stored - last.stored
            ? "Most incoming samples are refused, because they are more than ten minutes ahead of the clock (\(refused) so far): "
                + "this machine's clock is behind, or those of the senders are ahead."
            : nil
    }
}

extension RetentionStatistics {
    /// What an operator should know, one line each.
    var concerns: [String] {
        [pauseConcern, rateConcern, futureConcern, failure].compactMap { $0 }
    }

    fileprivate var pauseConcern: String? {
        guard let jump = pausedByClockJump?.milliseconds else { return nil }
        return "Retention is paused, and nothing is hidden: the clock jumped \(Self.text(jump)) "
            + "\(jump > 0 ? "forward" : "back"). Set it right, or confirm it with POST /api/v1/admin/tsdb/confirm_clock."
    }

    fileprivate var rateConcern: String? {
        guard isCatchingUp else { return nil }
        return "Blocks that are too old by this clock are removed slowly, one or a tenth of all each hour: "
            + "\(expiredBlocks) are left. If clock and retention are right, "
            + "POST /api/v1/admin/tsdb/confirm_clock removes them at once; otherwise, correct them."
    }

    fileprivate var futureConcern: String? {
        guard newestAhead.milliseconds > ClockNews.tolerance else { return nil }
        return
            "The newest sample lies \(Self.text(newestAhead.milliseconds)) ahead of the clock: the clock is wrong now, or was then. "
            + "If it is right now, POST /api/v1/admin/tsdb/drop_future removes the samples ahead of it."
    }

    /// Formats a length of time to the second.
    private static func text(_ milliseconds: Int64) -> String {
        PrometheusDuration.format(.seconds(Int64(clamping: milliseconds.magnitude / 1000)))
    }
}
