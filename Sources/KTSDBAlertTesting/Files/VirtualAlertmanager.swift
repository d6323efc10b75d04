import KTSDBModel
import KTSDBNotify
import KTSDBTools
import Synchronization

/// Alertmanager's API for tools that run in the same process: a notifier whose clock moves with each command.
final class VirtualAlertmanager: Sendable {
    private let notifier: Mutex<Notifier>
    private let isStopped = Mutex(false)
    private let api: VirtualAPI
    private let clock: Mutex<WallTime>

    init(_ configuration: NotifierConfiguration, text: String, at now: WallTime) throws {
        clock = Mutex(now)
        notifier = Mutex(Notifier(plan: try NotificationPlan(configuration), at: now))
        var api = VirtualAPI(configuration, startedAt: now)
        api.context.configuration = text
        self.api = api
    }

    /// Nobody can connect any more.
    func stop() { isStopped.withLock { $0 = true } }

    private func answer(_ method: String, _ target: String, _ body: [UInt8]) -> AmtoolServer.Answer {
        let now = clock.withLock { $0 }
        let answer = notifier.withLock { api.send(method, target, body: body, to: &$0, at: now).answer }
        return (answer.status, answer.encoded)
    }

    /// The world of a command that talks to this server.
    func environment(program: String, files: ToolFiles) -> AmtoolEnvironment {
        let now = clock.withLock { now in
            now = now + .milliseconds(20)
            return now
        }
        return AmtoolEnvironment(
            program: program, files: files, userName: "USER", now: now,
            presets: ["alertmanager.url": "http://localhost:9093"]
        ) { [self] (address, _, _) throws(AmtoolProblem) in
            AmtoolServer { [self] (method, target, body) throws(AmtoolProblem) in
                guard isStopped.withLock({ $0 }) else { return answer(method, target, body) }
                let url = address + "/api/v2" + target
                throw AmtoolProblem(ConnectionProblem.refused(method, url, "127.0.0.1:9093").description)
            }
        }
    }
}
