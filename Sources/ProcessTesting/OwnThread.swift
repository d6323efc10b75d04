internal import Foundation

/// Runs what waits for tasks, as commands do: none of the few threads that run tasks may wait, or all could.
package enum OwnThread {
    /// Returns what `body` returns on a thread of its own.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }
}
