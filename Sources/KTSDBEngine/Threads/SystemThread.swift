package import CLibrary

/// Starts threads of the system.
package enum SystemThread {
    /// A closure without a type, for a thread to call.
    private final class Call: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own, which is to be joined or detached; nil, and nothing is run, when the system
    /// has none left.
    package static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        // SAFETY: the retained object is released once: by the thread that takes it over, or here without one.
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
