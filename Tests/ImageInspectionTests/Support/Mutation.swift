import TestSupport

@testable import ImageInspection

/// Changes an image where the inspection looks: bits, numbers at their limits, pieces of elsewhere, a cut end.
///
/// Checksums are put right now and then, or nothing behind them would ever be reached.
struct Mutation {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    mutating func apply(to image: WatchedBytes) {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = place(in: image)
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                image.set(
                    place,
                    image[min(place, image.count - 1)] ^ 1 << UInt8.random(in: 0..<8, using: &random)
                )
            case 1: image.set(place, UInt8.random(in: 0...255, using: &random))
            case 2: number(at: place, bytes: 4, in: image)
            case 3: number(at: place, bytes: 8, in: image)
            case 4: number(at: place & ~7, bytes: 8, in: image)
            case 5: copy(from: self.place(in: image), to: place, in: image)
            case 6: image.sizeBytes = Int64.random(in: 0...Int64(image.count), using: &random)
            default: image.set(place, 0)
            }
        }
        if Bool.random(using: &random) { repairChecksums(image) }
    }

    private mutating func place(in image: WatchedBytes) -> Int {
        guard Int.random(in: 0..<10, using: &random) > 0,
            let range = image.looked.randomElement(using: &random)
        else {
            return Int.random(in: 0..<image.count, using: &random)
        }
        // Fields lie in front, text and padding behind.
        let length = Bool.random(using: &random) ? min(range.count, 128) : range.count
        return range.lowerBound + Int.random(in: 0..<length, using: &random)
    }

    private mutating func number(at place: Int, bytes: Int, in image: WatchedBytes) {
        let limits: [UInt64] = [
            0, 1, 2, 7, 8, 511, 512, 4096, 65_535, 65_536, 1 << 20, 1 << 31, (1 << 31) - 1, (1 << 32) - 1,
            1 << 32,
            UInt64(image.count), UInt64(image.count) - 1, 1 << 62, (1 << 63) - 1, 1 << 63, .max, .max - 511,
        ]
        let value = limits.randomElement(using: &random) ?? 0
        let isBig = Bool.random(using: &random)
        for index in 0..<bytes {
            image.set(
                place + (isBig ? bytes - 1 - index : index),
                UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
            )
        }
    }

    private mutating func copy(from source: Int, to place: Int, in image: WatchedBytes) {
        for index in 0..<Int.random(in: 1...64, using: &random) where source + index < image.count {
            image.set(place + index, image[source + index])
        }
    }

    /// VHD's and VHDX's.
    private func repairChecksums(_ image: WatchedBytes) {
        func little(_ place: Int, _ value: UInt32) {
            for index in 0..<4 {
                image.set(place + index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8)))
            }
        }
        func part(_ start: Int, _ length: Int) -> Fields {
            Fields((start..<start + length).map { image[$0] })
        }
        if image.count >= 320 << 10, part(0, 8).hold("vhdxfile".utf8) {
            for (place, length) in [
                (64 << 10, 4096), (128 << 10, 4096), (192 << 10, 64 << 10), (256 << 10, 64 << 10),
            ] {
                little(place + 4, Checksums.crc32c(part(place, length).clearing(4)))
            }
        }
        for place in [0, image.count - 512] where image.count >= 2048 && part(place, 8).hold("conectix".utf8)
        {
            little(place + 64, Checksums.complement(part(place, 512).clearing(64)).byteSwapped)
            little(512 + 36, Checksums.complement(part(512, 1024).clearing(36)).byteSwapped)
        }
    }
}
