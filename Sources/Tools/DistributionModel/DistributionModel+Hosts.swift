import FanOut
import PieceExchange

extension DistributionModel {
    mutating func tellNews() {
        let time = Duration.seconds(now)
        for index in hosts.indices where hosts[index].isAlive {
            let pieceTime = Duration.seconds(pieceBytes / plan.rate)
            let isDone = hosts[index].picker.have.isFull
            if let news = hosts[index].offers?.news(at: time, pieceTime: pieceTime, isDone: isDone) {
                for (listener, pieces) in news { tell(pieces, of: index, to: listener) }
            }
            let news = hosts[index].news
            hosts[index].news = []
            for (listener, number) in hosts[index].listeners where hosts[listener].doneAt == nil {
                guard !news.isEmpty else {
                    hosts[listener].picker.heard(number, at: time)
                    continue
                }
                tell(news, of: index, to: listener)
            }
        }
    }

    /// What a host has is half of the way to and fro on its way; what takes less than a step is there at once.
    private mutating func tell(_ pieces: [Int], of host: Int, to listener: Int) {
        let telling = Telling(pieces: pieces, of: host, to: listener, due: now + plan.roundTrip / 2)
        guard plan.roundTrip / 2 >= step else { return hear(telling) }
        tellings.append(telling)
    }

    mutating func hearNews() {
        let due = tellings.prefix { $0.due <= now }
        tellings.removeFirst(due.count)
        for news in due { hear(news) }
    }

    private mutating func hear(_ news: Telling) {
        // It may have left meanwhile, or the other died.
        guard hosts[news.to].isAlive, let number = hosts[news.of].listeners[news.to] else { return }
        let rows = news.pieces.map { $0...$0 }
        hosts[news.to].picker.told(rows, by: number, at: .seconds(now))
        hosts[news.to].offers?.seen(rows, at: [news.of])
        hosts[news.to].nextStep = now
    }

    mutating func act(_ index: Int) {
        let time = Duration.seconds(now)
        for action in hosts[index].picker.actions(at: time) {
            switch action {
            case .open(let number): open(index, number)
            case .close(let number):
                let other = hosts[index].neighbours[number]
                let isCut = { (flow: Flow) in flow.to == index && flow.number == number && flow.from == other
                }
                hosts[other].uploads -= flows.count(where: isCut)
                flows.removeAll(where: isCut)
                leave(index, other)
            case .ask(let piece, let number): ask(index, piece, number)
            case .starved:
                if planner.promote(index, at: time) != nil {
                    result.promotions += 1
                    hosts[index].share = SourceShare(index: 0, of: 1)
                    var book = OfferBook(size: plan.pieces)
                    for range in hosts[index].picker.have.ranges { for piece in range { book.heard(piece) } }
                    for (listener, number) in hosts[index].listeners {
                        book.join(listener, isFar: hosts[listener].isFar[number])
                    }
                    hosts[index].offers = book
                }
            }
        }
        readSource(index)
        hosts[index].nextStep = min(
            hosts[index].picker.deadline(after: time) / .seconds(1),
            hosts[index].share == nil ? .infinity : now + 0.1
        )
    }

    mutating func open(_ index: Int, _ number: Int) {
        let other = hosts[index].neighbours[number]
        guard hosts[other].isAlive else {
            hosts[index].picker.lost(number, at: .seconds(now))
            return
        }
        let isFar = hosts[index].isFar[number]
        hosts[other].listeners[index] = number
        if hosts[other].offers != nil {
            hosts[other].offers?.join(index, isFar: isFar)
        } else {
            let known = hosts[other].picker.have.ranges
            hosts[index].picker.told(known, by: number, at: .seconds(now))
            hosts[index].offers?.seen(known, at: [other])
        }
    }

    mutating func ask(_ index: Int, _ piece: Int, _ number: Int) {
        let other = hosts[index].neighbours[number]
        guard hosts[other].uploads < plan.uploads else {
            hosts[index].picker.refused(piece, by: number, for: .seconds(1), at: .seconds(now))
            return
        }
        hosts[other].uploads += 1
        hosts[other].offers?.given(piece, to: [index], at: .seconds(now))
        flows.append(
            Flow(
                from: other,
                to: index,
                number: number,
                pieces: piece...piece,
                left: pieceBytes,
                next: piece,
                startsAt: now + plan.roundTrip
            )
        )
    }

    mutating func readSource(_ index: Int) {
        guard !hosts[index].readsSource, var share = hosts[index].share else { return }
        let run = share.next(hosts[index].picker, window: plan.picking.window, at: .seconds(now))
        hosts[index].share = share
        guard let run else { return }
        hosts[index].readsSource = true
        flows.append(
            Flow(
                from: -1,
                to: index,
                number: -1,
                pieces: run,
                left: Double(run.count) * pieceBytes,
                next: run.lowerBound,
                startsAt: now + plan.roundTrip
            )
        )
    }
}
