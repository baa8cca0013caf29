internal import BitCollections
internal import PrecacheModel

extension JobPlan {
    /// What hosts have to fetch, and how long that takes.
    struct Work {
        let job: NewJob
        /// The hosts that lack each image.
        let wanted: [BitSet]
        /// The job's hosts, whatever becomes of them.
        let members: Int
        /// Those that exchange what can be exchanged.
        let able: BitSet

        init(_ job: NewJob, _ wanted: [BitSet], members: Int, able: BitSet) {
            self.job = job
            self.wanted = wanted
            self.members = members
            self.able = able
        }

        /// Bytes of some hosts together.
        struct Load {
            var hosts = BitSet()
            var bytes = 0.0

            var each: Double { hosts.isEmpty ? 0 : bytes / Double(hosts.count) }
        }

        struct Sums {
            /// What hosts fetch for themselves.
            var own = Load()
            /// What hosts get that exchange it.
            var exchanged = Load()
            var fromSource: Int64 = 0
            var betweenHosts: Int64 = 0
        }

        struct Times {
            var best = Duration.zero
            var likely = Duration.zero
            var worst = Duration.zero
        }

        private func isExchangeable(_ image: ImageReference, _ minimum: Int64) -> Bool {
            image.digest != nil && image.origin != .absent && (image.sizeBytes ?? 0) >= max(1, minimum)
        }

        func sums(_ rules: PlanRules) -> Sums {
            var sums = Sums()
            for (image, hosts) in zip(job.images, wanted) {
                guard let size = image.sizeBytes, size > 0, !hosts.isEmpty else { continue }
                var sharing = BitSet()
                if let exchanges = rules.exchanges, isExchangeable(image, exchanges.minimumBytes) {
                    sharing = hosts.intersection(able)
                }
                let alone = hosts.subtracting(sharing)
                let copies = min(sharing.count, max(1, rules.exchanges?.copies ?? 1))
                sums.fromSource = Self.add(size, alone.count + copies, to: sums.fromSource)
                sums.betweenHosts = Self.add(size, sharing.count - copies, to: sums.betweenHosts)
                sums.own.hosts.formUnion(alone)
                sums.own.bytes += Double(size) * Double(alone.count)
                sums.exchanged.hosts.formUnion(sharing)
                sums.exchanged.bytes += Double(size) * Double(sharing.count)
            }
            return sums
        }

        private static func add(_ size: Int64, _ count: Int, to sum: Int64) -> Int64 {
            let (product, overflows) = size.multipliedReportingOverflow(by: Int64(count))
            return ByteProgress.boundedSum(sum, overflows ? ByteProgress.limit : product)
        }

        /// How many hosts fetch for themselves at once.
        private func width(_ load: Load, _ rules: PlanRules) -> Int {
            min(
                job.limits.parallelism.limit(of: members),
                rules.maxDownloads,
                rules.maxInFlight,
                load.hosts.count
            )
        }

        func times(_ sums: Sums, _ rules: PlanRules, _ rates: TransferRates) -> Times {
            var times = Times()
            let own = sums.own
            if !own.hosts.isEmpty {
                // Hosts come in waves; those of the last one have the source for themselves.
                let width = width(own, rules)
                let (waves, rest) = own.hosts.count.quotientAndRemainder(dividingBy: max(1, width))
                let (full, last) = (rates.each(of: width), rates.each(of: rest))
                func seconds(_ rate: Double, _ lastRate: Double) -> Duration {
                    .plan(Double(waves) * own.each / rate + (rest > 0 ? own.each / lastRate : 0))
                }
                times.best += seconds(full.best, last.best)
                times.likely += seconds(full.likely, last.likely)
                times.worst += seconds(full.worst, last.worst)
            }
            if !sums.exchanged.hosts.isEmpty {
                let waves = exchangeWaves(sums.exchanged.hosts.count, rules)
                let rate = rates.eachOfExchange
                times.best += .plan(waves * sums.exchanged.each / rate.best)
                times.likely += .plan(waves * sums.exchanged.each / rate.likely)
                times.worst += .plan(waves * sums.exchanged.each / rate.worst)
            }
            return times
        }

        private func exchangeWaves(_ hosts: Int, _ rules: PlanRules) -> Double {
            let isWide = job.limits.parallelism == rules.exchanges?.usualParallelism
            let most = isWide ? rules.maxInFlight : job.limits.parallelism.limit(of: members)
            let width = max(1, min(most, rules.maxInFlight))
            return Double((hosts + width - 1) / width)
        }

        // MARK: Words

        func warnings(
            _ sums: Sums,
            _ times: Times,
            _ hosts: Int,
            _ rules: PlanRules,
            _ rates: TransferRates
        ) -> [String] {
            var warnings: [String] = []
            let (worst, deadline) = (times.worst / .seconds(1), job.limits.deadline / .seconds(1))
            if worst > deadline {
                let late = min(hosts, max(1, Int((Double(hosts) * (1 - deadline / worst)).rounded(.up))))
                warnings.append(
                    "\(PlanWords.hosts(late)) may not make the deadline of \(PlanWords.time(job.limits.deadline))"
                )
            }
            let (width, own, exchanged) = (width(sums.own, rules), sums.own.each, sums.exchanged.each)
            let attempt = Duration.plan(
                own / rates.each(of: width).worst + exchanged / rates.eachOfExchange.worst
            )
            if attempt > job.limits.hostTimeout {
                warnings.append(
                    "a host may take \(PlanWords.time(attempt)) for what it lacks, longer than the host timeout of "
                        + PlanWords.time(job.limits.hostTimeout)
                )
            }
            if let text = advice(sums, times, width, rules, rates) { warnings.append(text) }
            return warnings
        }

        /// What exchanges would bring, where they would bring much.
        private func advice(
            _ sums: Sums,
            _ times: Times,
            _ width: Int,
            _ rules: PlanRules,
            _ rates: TransferRates
        ) -> String? {
            let minimum = rules.exchanges?.minimumBytes ?? 64 << 20
            guard sums.exchanged.hosts.isEmpty, sums.own.hosts.count >= max(4, 2 * width),
                job.images.allSatisfy({ isExchangeable($0, minimum) })
            else { return nil }
            let otherwise = Duration.plan(sums.own.each / rates.exchange)
            guard otherwise * 2 < times.likely else { return nil }
            let who =
                width == rules.maxDownloads
                ? "the source allows \(width) downloads at once" : "\(width) hosts fetch at once"
            return
                "\(who): \(PlanWords.time(times.likely)); with exchanges between hosts \(PlanWords.time(otherwise))"
        }
    }
}

extension Duration {
    /// Some seconds, however many.
    fileprivate static func plan(_ seconds: Double) -> Duration {
        .seconds(seconds.isFinite ? min(max(seconds, 0), 3_155_760_000) : 3_155_760_000)
    }
}

/// Numbers as people say them.
enum PlanWords {
    static func hosts(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }

    /// `40 s`, `12 min`, `2.2 h` or `3.5 d`.
    static func time(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        return switch seconds {
        case ..<90: "\(max(1, Int(seconds.rounded()))) s"
        case ..<5_400: "\(Int((seconds / 60).rounded())) min"
        case ..<172_800: "\(decimal(seconds / 3_600)) h"
        default: "\(decimal(seconds / 86_400)) d"
        }
    }

    /// With one decimal, unless that is 0.
    private static func decimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
