/// A loop as a task executor and nothing else, for code that is on no actor.
///
/// The runtime compares executors by identity. A task that prefers the loop itself but is on no actor is switched
/// whenever the loop runs it as its serial executor; one that prefers this runs through without a switch, which a
/// server feels in every request.
package final class LoopTaskExecutor: TaskExecutor {
    private let loop: EventLoop

    package init(_ loop: EventLoop) {
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        loop.submit(.task(UnownedJob(job), asUnownedTaskExecutor()))
    }
}
