/// One thing for a loop's thread to run.
enum LoopWork {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
}
