import Glibc
package import ImageConversion
import ImageInspection

/// Where and how images are kept.
package struct CacheConfiguration: Sendable {
    /// The directory of the finished files: Nova's `_base`, or any other.
    ///
    /// It must exist.
    package var directory: String
    /// The host's name, by which agents tell each other apart where hosts share the directory.
    package var host: String
    /// The permission bits of finished files; 0644 by default, since libvirt's QEMU runs as another user.
    package var fileMode: UInt32
    /// Whom finished files are given to; by default they stay the agent's own.
    package var owner: FileOwner
    /// Nova's instances directory, whose locks are taken while an image is fetched; nil where there is no Nova.
    package var instances: String?
    /// How old an unused image must be before Nova's own cache manager removes it; 24 hours by default, as in Nova.
    package var novaMinimumAge: Duration
    /// What turns images into plain disks before they get their name; nil to keep them as they are published.
    package var converter: ImageConverter?
    /// What room is set aside before an image is converted; all of its disk by default.
    package var reserve: ConversionReserve
    /// Bytes of the file system that downloads leave free; 0 by default.
    package var minimumFreeBytes: Int64
    /// Bytes of disk that the cache may take, Nova's files in it included; nil, the default, is no bound.
    package var maxBytes: Int64?
    /// Bytes of disk that images may take which policies keep here; nil, the default, is no bound.
    package var maxLeasedBytes: Int64?
    /// Bytes of images that may be evicted for a download whose size nobody told, one by one; 0 by default.
    package var unknownSizeEvicts: Int64
    /// Bytes handed to the disk and the digest at once; 512 KiB by default.
    ///
    /// A download holds at most four blocks.
    package var blockBytes: Int
    /// How long a download that nobody goes on with may lie in staging; 7 days by default.
    package var stagingAge: Duration

    package init(
        directory: String,
        host: String = "localhost",
        fileMode: UInt32 = 0o644,
        owner: FileOwner = FileOwner(),
        instances: String? = nil,
        novaMinimumAge: Duration = .seconds(86_400),
        converter: ImageConverter? = nil,
        reserve: ConversionReserve = .virtual,
        minimumFreeBytes: Int64 = 0,
        maxBytes: Int64? = nil,
        maxLeasedBytes: Int64? = nil,
        unknownSizeEvicts: Int64 = 0,
        blockBytes: Int = 512 << 10,
        stagingAge: Duration = .seconds(7 * 86_400)
    ) {
        self.directory = directory
        self.host = host
        self.fileMode = fileMode
        self.owner = owner
        self.instances = instances
        self.novaMinimumAge = novaMinimumAge
        self.converter = converter
        self.reserve = reserve
        self.minimumFreeBytes = minimumFreeBytes
        self.maxBytes = maxBytes
        self.maxLeasedBytes = maxLeasedBytes
        self.unknownSizeEvicts = unknownSizeEvicts
        self.blockBytes = blockBytes
        self.stagingAge = stagingAge
    }
}

extension CacheConfiguration {
    /// Looks whether an agent with this configuration could open its cache; blocks.
    ///
    /// Nothing is made or locked, so that anybody may ask, beside an agent that runs.
    ///
    /// - Throws: ``CacheError`` with `io`, naming what is missing, or what this user may not.
    package func check() throws(CacheError) {
        _ = try Directory(path: directory)
        try Self.checkWritable("\(directory)/.precache", or: directory)
        guard let instances else { return }
        _ = try Directory(path: instances)
        try Self.checkWritable("\(instances)/locks", or: instances)
    }

    /// A folder that is there must take new names, else the one that it would be made in.
    private static func checkWritable(_ folder: String, or parent: String) throws(CacheError) {
        let place = access(folder, F_OK) == 0 ? folder : parent
        try SystemCall.run("write into \(place)") { access(place, R_OK | W_OK | X_OK) }
    }
}

/// What room an image's conversion has to find.
package enum ConversionReserve: String, Sendable, CaseIterable {
    /// The whole disk's, also where it is holes, so that the file may be filled later on.
    case virtual
    /// That of what the image has of the disk, by its own tables; what they don't tell counts.
    case allocated

    /// What is to be set aside for an image, in bytes.
    func bytes(_ image: InspectedImage) -> Int64 {
        switch self {
        case .virtual: image.virtualSizeBytes
        case .allocated: image.allocatedBytes
        }
    }
}

extension CacheConfiguration {
    /// The age from which on Nova may be about to remove a file: well before it does, but past the minutes for which a
    /// boot that just renewed a file may hold its lock, as Nova's `Flat` does while it copies it.
    var novasOldAge: Duration { min(novaMinimumAge / 2, .seconds(600)) }
}

/// Whom a file belongs to, by number.
package struct FileOwner: Hashable, Sendable {
    /// The user; nil leaves it as it is.
    package var user: UInt32?
    /// The group; nil leaves it as it is.
    package var group: UInt32?

    package init(user: UInt32? = nil, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }
}
