/// One thing for a loop's thread to run.
enum LoopWork {
    /// Part of a task, to be run as the loop's actors are.
    case job(UnownedJob)
    /// Part of a task that is on no actor and prefers this executor, which it keeps alive.
    case task(UnownedJob, UnownedTaskExecutor)
    case closure(@Sendable () -> Void)
}
