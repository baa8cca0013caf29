import PrecacheModel

/// The numbers that the scheduler goes by; see ``DispatcherConfiguration`` for their meaning.
struct SchedulerLimits {
    var maxInFlight: Int
    var maxDownloadsPerSource: Int
    var claimBatch: Int
    var retry: RetryPolicy
    var retryAfterLimit: Duration
    var cancelGrace: Duration
}
