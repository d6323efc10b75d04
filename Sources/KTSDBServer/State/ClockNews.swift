internal import KTSDBEngine
internal import Logging
internal import PrometheusWire

/// What there is to log of the clock and of retention: each event once.
struct ClockNews {
    /// A line of the log.
    struct Line: Equatable {
        var level: Logger.Level
        var text: String
    }

    /// Samples that lie further ahead than this came while the clock was wrong: a server accepts none.
    fileprivate static let tolerance: Int64 = 600_000

    private var last = RetentionStatistics()

    /// What is new since the last call.
    mutating func lines(of now: RetentionStatistics) -> [Line] {
        var lines: [Line] = []
        func add(_ old: String?, _ new: String?, whenOver text: String) {
            if let new {
                if old == nil { lines.append(Line(level: .warning, text: new)) }
            } else if old != nil {
                lines.append(Line(level: .info, text: text))
            }
        }
        add(last.pauseConcern, now.pauseConcern, whenOver: "retention goes on: the clock is back, or was confirmed")
        add(last.rateConcern, now.rateConcern, whenOver: "retention has caught up")
        add(last.futureConcern, now.futureConcern, whenOver: "the newest sample is not ahead of the clock any more")
        add(last.failureConcern, now.failureConcern, whenOver: "old blocks are removed again")
        last = now
        return lines
    }
}

/// Notices when more is refused for lying ahead of the clock than is stored: then the clock of this machine is behind,
/// or those of all senders are ahead.
struct RefusalWatch {
    private var last: (stored: Int, refused: Int)?
    /// What an operator should know.
    private(set) var concern: String?

    /// Takes what was stored and what was refused for lying ahead, since the start.
    mutating func observe(stored: Int, refused: Int) {
        defer { last = (stored, refused) }
        guard let last, stored > last.stored || refused > last.refused else { return }
        let new = refused - last.refused
        concern =
            new > stored - last.stored
            ? "Most samples that come are refused, since they lie more than ten minutes ahead of the clock (\(refused) so far): "
                + "this machine's clock is behind, or those of the senders are ahead."
            : nil
    }
}

extension RetentionStatistics {
    /// What an operator should know, a line each.
    var concerns: [String] {
        [pauseConcern, rateConcern, futureConcern, failureConcern].compactMap { $0 }
    }

    fileprivate var pauseConcern: String? {
        guard let jump = pausedByClockJump else { return nil }
        return "Retention is paused, and nothing is hidden: the clock jumped \(Self.text(jump)) "
            + "\(jump > 0 ? "forward" : "back"). Set it right, or confirm it with POST /api/v1/admin/tsdb/confirm_clock."
    }

    fileprivate var rateConcern: String? {
        guard isCatchingUp else { return nil }
        return "Blocks are too old by this clock and are removed slowly, one or a tenth of all each hour: "
            + "\(expiredBlocks) are still there. If clock and retention are right, "
            + "POST /api/v1/admin/tsdb/confirm_clock removes them at once; else set them right."
    }

    fileprivate var futureConcern: String? {
        guard newestAhead > ClockNews.tolerance else { return nil }
        return
            "The newest sample lies \(Self.text(newestAhead)) ahead of the clock: the clock is wrong now, or was then. "
            + "If it is right now, POST /api/v1/admin/tsdb/drop_future removes what lies ahead of it."
    }

    fileprivate var failureConcern: String? { failure.map { "Blocks that are too old cannot be removed: \($0)" } }

    /// A length of time to the second.
    private static func text(_ milliseconds: Int64) -> String {
        PrometheusDuration.format(.seconds(Int64(clamping: milliseconds.magnitude / 1000)))
    }
}
