import Foundation
import KTSDBServer
import KTSDBTesting
import ProcessTesting
import Testing

@Suite struct `Reports to the service manager` {
    private static func manager(_ variables: [String: String], processID: Int32 = 7) -> ServiceManager? {
        ServiceManager(processID: processID) { variables[$0] }
    }

    @Test func `arrive at a path and at an abstract name`() async throws {
        let directory = TemporaryDirectory()
        for name in ["\(directory.path)/notify", "@ktsdb-test-\(UUID().uuidString)"] {
            let socket = try NotifySocket(name)
            let manager = try #require(Self.manager(["NOTIFY_SOCKET": name]))
            manager.send(.ready)
            #expect(try await socket.next() == ["READY=1", "STATUS=ready"])
            manager.send(.reloading)
            let reload = try await socket.next()
            #expect(reload[0] == "RELOADING=1" && reload[1].hasPrefix("MONOTONIC_USEC="))
            #expect(Int(reload[1].dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
            manager.send(.starting)
            #expect(try await socket.next()[0] == "EXTEND_TIMEOUT_USEC=60000000")
            manager.send(.stopping)
            #expect(try await socket.next()[0] == "STOPPING=1")
            manager.send(.watchdog)
            #expect(try await socket.next() == ["WATCHDOG=1"])
        }
    }

    @Test func `are sent to nobody if nobody asks`() {
        #expect(Self.manager([:]) == nil)
        for name in ["", "/", "@", "relative", "vsock:2:1"] { #expect(Self.manager(["NOTIFY_SOCKET": name]) == nil) }
    }

    @Test func `do not matter to a server that they cannot leave`() {
        Self.manager(["NOTIFY_SOCKET": "/no/such/socket"])?.send(.ready)
        Self.manager(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 500)])?.send(.ready)
        Self.manager(["NOTIFY_SOCKET": "@ktsdb-test-\(UUID().uuidString)"])?.send(.ready)
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "3000000"], Duration.milliseconds(1500)),
        (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"], .milliseconds(1500)),
        (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil),
        (["WATCHDOG_USEC": "-5"], nil), (["WATCHDOG_USEC": "x"], nil), (["WATCHDOG_USEC": "1"], .milliseconds(1)),
        ([:], nil),
    ])
    func `say that the server is alive as often as is asked`(_ variables: [String: String], _ interval: Duration?) {
        let manager = Self.manager(variables.merging(["NOTIFY_SOCKET": "/x"]) { $1 })
        #expect(manager?.watchdogInterval == interval)
    }

    @Test func `follow a process from its start to its end`() async throws {
        let directory = TemporaryDirectory(), socket = try NotifySocket(directory.path + "/notify")
        let child = try ChildProcess(
            ServerProcess.program,
            [
                "--config.file=", "--storage.tsdb.path=\(directory.path)/data",
                "--web.listen-address=unix:\(directory.path)/http",
            ], environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": ""])
        #expect(try await socket.next(with: "READY=").contains("STATUS=ready"))
        #expect(try await socket.next(with: "WATCHDOG=") == ["WATCHDOG=1"])
        child.signal(SIGHUP)
        _ = try await socket.next(with: "RELOADING=")
        _ = try await socket.next(with: "READY=")
        child.signal(SIGTERM)
        _ = try await socket.next(with: "STOPPING=")
        #expect(try await child.waitForExit() == 0)
    }
}
