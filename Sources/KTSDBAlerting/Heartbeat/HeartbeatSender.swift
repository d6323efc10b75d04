package import KTSDBModel
package import Logging

/// Sends heartbeats while rules are evaluated and receivers accept notifications, so that their target notices when
/// alerting stops working.
package actor HeartbeatSender {
    private let client: any HeartbeatClient
    private let wanted: @Sendable () -> [HeartbeatTarget]
    private let obstacles: @Sendable () async -> [String]
    private let time: @Sendable () -> Timestamp
    private let logger: Logger
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var schedule = HeartbeatSchedule()
    private var targets: [HeartbeatTarget] = []
    /// What was wrong when heartbeats were last due.
    private var lastObstacles: [String] = []
    /// The targets whose last heartbeat did not arrive.
    private var failing: Set<HeartbeatTarget> = []
    private var figures: [HeartbeatTarget: HeartbeatReport.Figures] = [:]

    /// What ``run()`` waits for; cancelled when the targets may have changed.
    private var sleeper: Task<Void, Never>?

    /// The longest sleep.
    private static let longestSleep = Duration.seconds(60)

    /// Creates a sender. `targets` returns the current targets. `obstacles` returns what is wrong; heartbeats are only
    /// sent while that is empty. `time` is the wall clock.
    package init(
        client: any HeartbeatClient, logger: Logger, targets: @escaping @Sendable () -> [HeartbeatTarget],
        obstacles: @escaping @Sendable () async -> [String], time: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.client = client
        self.time = time
        wanted = targets
        self.obstacles = obstacles
        self.logger = logger
        begin = clock.now
    }

    /// Sends heartbeats when they are due, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await beat(at: clock.now - begin)
            let wait = schedule.wait(at: clock.now - begin) ?? Self.longestSleep
            let sleeper = Task {
                _ = try? await Task.sleep(for: max(.milliseconds(1), min(wait, Self.longestSleep)))
            }
            self.sleeper = sleeper
            await withTaskCancellationHandler {
                await sleeper.value
            } onCancel: {
                sleeper.cancel()
            }
        }
        await client.keep([])
    }

    /// Makes ``run()`` look at the targets now.
    package func wake() { sleeper?.cancel() }

    /// Applies changes of the targets. New targets get a heartbeat at once.
    private func follow(_ targets: [HeartbeatTarget], at now: Duration) async {
        guard targets != self.targets else { return }
        self.targets = targets
        schedule.follow(targets, at: now)
        failing.formIntersection(targets)
        let known = Set(targets)
        figures = figures.filter { known.contains($0.key) }
        await client.keep(targets)
    }

    /// Sends the heartbeats that are due, concurrently. `now` is the time since the sender was created.
    func beat(at now: Duration) async {
        await follow(wanted(), at: now)
        let due = schedule.takeDue(at: now)
        guard !due.isEmpty else { return }
        let found = await obstacles()
        note(found)
        await withTaskGroup(of: (HeartbeatTarget, String?).self) { group in
            for target in due {
                if !found.isEmpty { figures[target, default: HeartbeatReport.Figures()].withheld += 1 }
                guard let url = found.isEmpty ? target.url : target.failureURL else { continue }
                let text = found.isEmpty ? "ok\n" : found.joined(separator: "\n") + "\n"
                group.addTask { [client] in (target, await client.post(text, to: url, of: target)) }
            }
            for await (target, reason) in group {
                count(target, reason, isHeartbeat: found.isEmpty)
                note(target, reason)
            }
        }
    }

    /// Returns the results of the heartbeats so far.
    package func report() -> HeartbeatReport {
        var report = HeartbeatReport()
        report.obstacles = lastObstacles
        report.entries = targets.map { .init(target: $0, figures: figures[$0] ?? HeartbeatReport.Figures()) }
        return report
    }

    /// Counts a post, unless its target has left the settings meanwhile.
    private func count(_ target: HeartbeatTarget, _ reason: String?, isHeartbeat: Bool) {
        guard targets.contains(target) else { return }
        var figures = self.figures[target] ?? HeartbeatReport.Figures()
        figures.error = reason
        if reason != nil {
            figures.failed += 1
        } else if isHeartbeat {
            figures.sent += 1
            figures.lastSent = time()
        }
        self.figures[target] = figures
    }

    /// Logs when heartbeats stop because something is wrong with this server, and when they start again.
    private func note(_ found: [String]) {
        if lastObstacles.isEmpty, !found.isEmpty {
            logger.error("heartbeats stop", metadata: ["reasons": "\(found.joined(separator: "; "))"])
        } else if !lastObstacles.isEmpty, found.isEmpty {
            logger.info("heartbeats are sent again")
        }
        lastObstacles = found
    }

    /// Logs when heartbeats to a target begin to fail, and when they arrive again.
    private func note(_ target: HeartbeatTarget, _ reason: String?) {
        guard let reason else {
            if failing.remove(target) != nil {
                logger.info("heartbeats arrive again", metadata: ["host": "\(target.host)"])
            }
            return
        }
        guard failing.insert(target).inserted else { return }
        logger.warning("a heartbeat did not arrive", metadata: ["host": "\(target.host)", "error": "\(reason)"])
    }
}
