internal import Glibc

/// The customary metrics of a process, read from `/proc/self` (proc(5)) at each scrape.
package enum ProcessMetrics {
    /// Registers `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, `process_max_fds`
    /// and `process_start_time_seconds`.
    package static func register(in registry: MetricsRegistry) {
        registry.observed(
            .counter,
            "process_cpu_seconds_total",
            help: "Processor time used, user and system, in seconds.",
            read: cpuSeconds
        )
        registry.observed(
            .gauge,
            "process_resident_memory_bytes",
            help: "Memory in RAM, in bytes.",
            read: residentBytes
        )
        registry.observed(
            .gauge,
            "process_open_fds",
            help: "Open file descriptors.",
            read: openDescriptors
        )
        registry.observed(
            .gauge,
            "process_max_fds",
            help: "File descriptors that may be open at once.",
            read: descriptorLimit
        )
        let started = Double(LogLine.now()) / 1_000
        registry.observed(
            .gauge,
            "process_start_time_seconds",
            help: "When the program started, in seconds since 1970.",
            read: { started }
        )
    }

    static func cpuSeconds() -> Double {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return .nan }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(seconds) + Double(microseconds) / 1e6
    }

    /// The second field of `/proc/self/statm`, in pages.
    static func residentBytes() -> Double {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .nan }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return .nan }
        let fields = buffer.prefix(count).split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else {
            return .nan
        }
        return Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    static func openDescriptors() -> Double {
        guard let directory = opendir("/proc/self/fd") else { return .nan }
        defer { closedir(directory) }
        // The entries "." and "..", and the descriptor of this very listing, don't count.
        var count = -3
        while readdir(directory) != nil { count += 1 }
        return Double(count)
    }

    static func descriptorLimit() -> Double {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .nan }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }
}
