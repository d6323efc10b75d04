package import CLibrary

/// Starts POSIX threads.
package enum SystemThread {
    /// Boxes a closure, so that it can be passed to `pthread_create`.
    private final class Call: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread, which the caller must join or detach. Returns nil, and runs nothing, if the system
    /// cannot start a thread.
    package static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        // SAFETY: the retained object is released once: by the new thread, or here if there is no thread.
        let call = unsafe Unmanaged.passRetained(Call(body))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Call>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, call.toOpaque())
        guard failure == 0 else {
            unsafe call.release()
            return nil
        }
        return thread
    }
}
