internal import CLibrary

/// The service manager that started the process, such as systemd: reports to it what the server does, with the
/// datagrams of sd_notify(3), without its library.
package struct ServiceManager: Sendable {
    /// What the server does.
    package enum Report: Hashable, Sendable {
        /// It reads the log, which may take longer than a start is allowed to.
        case starting
        case ready
        case reloading
        case stopping
        /// It is alive.
        case watchdog
    }

    /// How much longer a start may take from each ``Report/starting`` on, in microseconds.
    private static let startExtension = 60_000_000
    /// How long a report waits for room in the manager's socket, in milliseconds.
    private static let patience = 1000
    /// How often ``Report/starting`` is sent.
    package static let startInterval = Duration.seconds(10)

    private let socket: String
    /// How often the manager wants to know that the server is alive; nil if it does not.
    package let watchdogInterval: Duration?

    /// The service manager that `NOTIFY_SOCKET` names; nil if the variable is unset or malformed.
    ///
    /// `NOTIFY_SOCKET` is a path or, beginning with `@`, an abstract name. `WATCHDOG_USEC` is the time after which the
    /// manager ends a silent process, and `WATCHDOG_PID` the process that is meant.
    package init?(processID: Int32 = getpid(), _ variable: (String) -> String? = { SystemCall.environment($0) }) {
        guard let socket = variable("NOTIFY_SOCKET"), socket.hasPrefix("/") || socket.hasPrefix("@"), socket.count > 1
        else { return nil }
        self.socket = socket
        let isMeant = variable("WATCHDOG_PID").map { $0.isEmpty || Int32($0) == processID } ?? true
        let limit = variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        // Half of it, so that one report may be late.
        watchdogInterval = isMeant && limit > 0 ? .microseconds(max(limit / 2, 1000)) : nil
    }

    /// Sends a report. A manager that cannot be reached does not get it, nor does one that has no room for a moment;
    /// the next report that the server is alive comes soon, so that none of them waits.
    package func send(_ report: Report) {
        let patience = report == .watchdog ? 0 : Self.patience
        _ = SystemCall.sendDatagram(Array(Self.text(report).utf8), toUnixSocket: socket, patience: patience)
    }

    /// Sends reports that the server is alive until the task is cancelled.
    func watch() async {
        guard let watchdogInterval else { return }
        repeat { send(.watchdog) } while (try? await Task.sleep(for: watchdogInterval)) != nil
    }

    private static func text(_ report: Report) -> String {
        switch report {
        case .starting: "EXTEND_TIMEOUT_USEC=\(startExtension)\nSTATUS=reading the log"
        case .ready: "READY=1\nSTATUS=ready"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)\nSTATUS=reading the configuration"
        case .stopping: "STOPPING=1\nSTATUS=stopping"
        case .watchdog: "WATCHDOG=1"
        }
    }

    private static var monotonicMicroseconds: Int {
        let time = SystemCall.time(CLOCK_MONOTONIC)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
