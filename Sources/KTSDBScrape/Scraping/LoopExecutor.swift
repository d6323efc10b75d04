package import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// What an event loop reads, and what then answers on the same loop, would else wake a thread of Swift's cooperative
/// pool, which then wakes the loop: for little work that costs more than the work.
package final class LoopExecutor: TaskExecutor {
    package let loop: any EventLoop

    package init(_ loop: any EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
