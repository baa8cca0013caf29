import FanOut
import PieceExchange

extension DistributionModel {
    /// Shares each link fairly among its transfers, and moves them on.
    mutating func advance(_ step: Double) {
        let links = plan.hosts * 2 + 1 + plan.zones * 2
        var room = [Double](repeating: .infinity, count: links)
        var users = [Int](repeating: 0, count: links)
        let source = plan.hosts * 2
        for index in hosts.indices {
            room[index * 2] = hosts[index].link
            room[index * 2 + 1] = hosts[index].link
        }
        room[source] = plan.sourceRate
        if let cross = plan.crossRate {
            for zone in 0..<plan.zones * 2 { room[source + 1 + zone] = cross }
        }
        func path(_ flow: Flow) -> (Int, Int, Int, Int) {
            let out = flow.from < 0 ? source : flow.from * 2
            guard flow.from >= 0, plan.crossRate != nil, hosts[flow.from].zone != hosts[flow.to].zone else {
                return (out, flow.to * 2 + 1, -1, -1)
            }
            return (
                out, flow.to * 2 + 1, source + 1 + hosts[flow.from].zone * 2,
                source + 2 + hosts[flow.to].zone * 2
            )
        }
        var paths: [(Int, Int, Int, Int)] = []
        paths.reserveCapacity(flows.count)
        for index in flows.indices {
            flows[index].rate = 0
            paths.append(path(flows[index]))
        }
        // What some leave of a link goes to the others in two more rounds.
        for _ in 0..<3 {
            for link in 0..<links { users[link] = 0 }
            for index in flows.indices where flows[index].startsAt <= now {
                let (a, b, c, d) = paths[index]
                guard room[a] > 1 && room[b] > 1 && (c < 0 || (room[c] > 1 && room[d] > 1)) else { continue }
                users[a] += 1
                users[b] += 1
                if c >= 0 {
                    users[c] += 1
                    users[d] += 1
                }
            }
            let before = room
            for index in flows.indices where flows[index].startsAt <= now {
                let (a, b, c, d) = paths[index]
                guard before[a] > 1 && before[b] > 1 && (c < 0 || (before[c] > 1 && before[d] > 1)) else {
                    continue
                }
                var more = min(before[a] / Double(users[a]), before[b] / Double(users[b]))
                if c >= 0 { more = min(more, before[c] / Double(users[c]), before[d] / Double(users[d])) }
                flows[index].rate += more
                room[a] -= more
                room[b] -= more
                if c >= 0 {
                    room[c] -= more
                    room[d] -= more
                }
            }
        }
        var index = 0
        while index < flows.count {
            guard flows[index].startsAt <= now else {
                index += 1
                continue
            }
            let moved = min(flows[index].left, flows[index].rate * step)
            flows[index].left -= moved
            count(flows[index], moved)
            let flow = flows[index]
            // A run's pieces come one after the other.
            while flows[index].next <= flow.pieces.upperBound,
                flows[index].left <= Double(flow.pieces.upperBound - flows[index].next) * pieceBytes + 0.5
            {
                let piece = flows[index].next
                flows[index].next += 1
                deliver(piece, flow)
            }
            if flows[index].next > flow.pieces.upperBound {
                flows.swapAt(index, flows.count - 1)
                flows.removeLast()
                finish(flow)
            } else {
                index += 1
            }
        }
    }

    mutating func count(_ flow: Flow, _ bytes: Double) {
        guard flow.from >= 0 else {
            result.sourceBytes += bytes
            return
        }
        hosts[flow.from].uploaded += bytes
        if hosts[flow.from].zone != hosts[flow.to].zone { result.crossings[hosts[flow.to].zone] += bytes }
    }

    mutating func deliver(_ piece: Int, _ flow: Flow) {
        let time = Duration.seconds(now)
        hosts[flow.to].nextStep = now
        guard flow.from >= 0 else {
            let isNew = hosts[flow.to].picker.gained(piece, at: time)
            if isNew { hosts[flow.to].offers?.read(piece) }
            return
        }
        guard hosts[flow.to].picker.received(piece, from: flow.number, at: time) else {
            result.duplicateBytes += pieceBytes
            return
        }
        if hosts[flow.to].offers != nil {
            hosts[flow.to].offers?.heard(piece)
        } else {
            hosts[flow.to].news.append(piece)
        }
    }

    mutating func finish(_ flow: Flow) {
        if flow.from >= 0 { hosts[flow.from].uploads -= 1 } else { hosts[flow.to].readsSource = false }
        if hosts[flow.to].picker.have.isFull && hosts[flow.to].doneAt == nil {
            hosts[flow.to].doneAt = now
            planner.done(flow.to)
        }
    }
}
