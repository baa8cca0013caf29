import PrecacheClient

/// Words for a host's cache.
enum HostCacheText {
    /// Why a file stays, or that it may go.
    static func stay(_ file: HostCacheView.File) -> String {
        let damage = file.scrub?.state == "damaged" ? "DAMAGED, " : ""
        let until = TimeText.short(file.keptUntil).map { " until \($0)" } ?? ""
        let words: String
        switch file.kept {
        case nil: words = "may go"
        case "in_use"?: words = file.users.map(users) ?? "in use"
        case "pinned"?: words = "pinned\(until)"
        case "young"?: words = "young\(until)"
        case "nova_file"?: words = "Nova's"
        case "usage_unknown"?: words = "can't tell who uses it"
        case "age_unknown"?: words = "can't tell its age\(until)"
        case "removal_off"?: words = "nothing is removed"
        case let other?: words = other
        }
        return damage + words
    }

    private static func users(_ users: HostCacheView.File.Users) -> String {
        var parts: [String] = []
        if let disks = users.disks, disks > 0 {
            parts.append(Quantity.count(disks, "disk") + names(users.diskNames, of: disks))
        }
        if let processes = users.processes, processes > 0 {
            let noun = processes == 1 ? "1 process" : "\(Quantity.count(processes)) processes"
            parts.append(noun + names(users.processNames, of: processes))
        }
        if users.otherNames == true { parts.append("another name") }
        return "in use: " + (parts.isEmpty ? "unsaid" : parts.joined(separator: ", "))
    }

    private static func names(_ names: [String]?, of count: Int) -> String {
        guard let first = names?.first else { return "" }
        return count > 1 ? " (\(first), …)" : " (\(first))"
    }

    /// What is to be said of the whole.
    static func summary(_ cache: HostCacheView) -> [String] {
        var lines: [String] = []
        if let totals = cache.totals {
            var line = Quantity.count(totals.files ?? 0, "file")
            line += totals.diskBytes.map { ", \(Quantity.bytes($0)) on disk" } ?? ""
            line += cache.space?.freeBytes.map { ", \(Quantity.bytes($0)) free" } ?? ""
            line += cache.directory.map { " in \(TerminalText.escaped($0))" } ?? ""
            lines.append(line + ".")
            if let unknown = totals.unknown, unknown > 0 {
                let verb = unknown == 1 ? "is" : "are"
                lines.append("\(Quantity.count(unknown, "other file")) there \(verb) left alone.")
            }
            if let moved = totals.quarantined, moved > 0 {
                lines.append("\(Quantity.count(moved, "damaged file")) in .precache/quarantine.")
            }
        }
        if let problem = cache.usage?.problem {
            let shown = TerminalText.escaped(problem)
            lines.append("Nothing is removed, since it can't be told what is in use: \(shown)")
        }
        return lines
    }
}
