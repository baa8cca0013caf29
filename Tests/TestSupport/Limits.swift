import Glibc

/// Lets this process open more descriptors, up to its hard limit.
package func raiseDescriptorLimit(to wanted: Int) throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(wanted)))
    guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        throw ScriptedServer.Failure(call: "setrlimit", code: errno)
    }
}
