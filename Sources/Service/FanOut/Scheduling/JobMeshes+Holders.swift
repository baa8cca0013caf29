import PrecacheModel

/// Hosts of a job that had an image before it, and what they and others are told anew because of that.
extension JobMeshes {
    /// A host that had an image before, and the attempt that found that out.
    struct Holder {
        let key: AttemptKey
        let task: AgentTask
    }

    /// Remembers a host that had an image before.
    mutating func keep(_ holder: Holder, of image: Int) {
        guard meshes[image] != nil else { return }
        needsMending = true
        meshes[image]?.holders[holder.key.host] = holder
    }

    /// Whether a host that finds what is missing nowhere is to be sent to one that had it before.
    mutating func relieves(_ image: Int, _ host: Int) -> Bool {
        let isRelieved = meshes[image]?.planner.relieve(host) == true
        if isRelieved { needsMending = true }
        return isRelieved
    }

    /// What hosts are to be told anew, since some had the image before.
    struct Mending {
        let image: Int
        /// Those that are to give it.
        var givers: [(holder: Holder, order: RelayOrder)] = []
        /// Those that are sent to others.
        var members: [(host: Int, order: RelayOrder)] = []
    }

    mutating func mend(using random: inout some RandomNumberGenerator) -> [Mending] {
        guard needsMending else { return [] }
        needsMending = false
        return meshes.keys.sorted().compactMap { image in
            guard let changes = meshes[image]?.planner.mend(using: &random) else { return nil }
            var mending = Mending(image: image)
            for host in changes.givers {
                // It reads nothing, so no part of the source is taken from others.
                let place = MeshPlanner.Place(seed: 0)
                guard let holder = meshes[image]?.holders[host],
                    let order = order(image, for: host, place)
                else { continue }
                mending.givers.append((holder, order))
            }
            for (host, place) in changes.places.sorted(by: { $0.key < $1.key }) {
                if let order = order(image, for: host, place) { mending.members.append((host, order)) }
            }
            return mending
        }
    }
}
