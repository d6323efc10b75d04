package import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// Otherwise, reading on an event loop and then answering on the same loop would wake a thread of Swift's cooperative
/// pool, which would then wake the loop: for little work, that costs more than the work itself.
package final class LoopExecutor: TaskExecutor {
    package let loop: any EventLoop

    package init(_ loop: any EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
