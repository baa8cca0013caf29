/// Why a file stays.
package enum KeepReason: String, Sendable, CaseIterable {
    /// An instance's disk stands on it, a process has it open, or it has another name beside this one.
    case inUse = "in_use"
    /// A job asked for it to be kept until a time that hasn't come.
    case pinned
    /// It can't be told whether it is in use.
    case usageUnknown = "usage_unknown"
    /// It is Nova's, and a setting says to leave those alone.
    case novas = "nova_file"
    /// A setting says that nothing is removed for its age.
    case removalOff = "removal_off"
    /// It was used too lately.
    case young
    /// Its times make no sense, or the clock was set.
    case ageUnknown = "age_unknown"
    /// Someone has it in hand at the moment: a download, or nova-compute by its lock.
    case busy
}
