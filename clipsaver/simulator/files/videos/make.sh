#!/bin/sh
# Makes the files that the simulator's CDN serves, and the stills that its media proxy does. Needs
# ffmpeg with libx264, libvpx-vp9 and libwebp; run it only to change them: sizes, names and looks are
# listed in ../media.py and must agree.
set -eu
cd "$(dirname "$0")"

run() { ffmpeg -hide_banner -loglevel error -y "$@"; }
h264="-c:v libx264 -preset veryslow -crf 30 -pix_fmt yuv420p -map_metadata -1 -fflags +bitexact"

# Index first: a still needs only the file's beginning.
run -f lavfi -i testsrc=size=320x180:rate=15:duration=3 $h264 -movflags +faststart test-card.mp4
# Index last, as phones and Discord's own recorder write it: a reader must seek to the end first.
run -f lavfi -i testsrc2=size=320x180:rate=15:duration=2 $h264 index-last.mp4
# Upright, as phones film.
run -f lavfi -i "smptehdbars=size=180x320:rate=10:duration=2" $h264 -movflags +faststart upright.mp4
# Black for its first second: the first frame says nothing about the clip.
run -f lavfi -i "mandelbrot=size=240x136:rate=12:start_scale=2,trim=duration=4,fade=in:st=1:d=1" \
    $h264 -movflags +faststart fade-in.mp4
run -f lavfi -i "life=size=160x90:rate=10:ratio=0.2:seed=7:mold=8:life_color=#50fa7b:death_color=#bd93f9,trim=duration=2,scale=320x180:flags=neighbor" \
    $h264 -movflags +faststart life.mov
run -f lavfi -i "gradients=size=320x180:rate=15:duration=3:seed=3:speed=0.05" \
    -c:v libvpx-vp9 -b:v 0 -crf 45 -pix_fmt yuv420p -map_metadata -1 -fflags +bitexact gradients.webm
run -f lavfi -i "cellauto=size=240x136:rate=10:rule=110:seed=5,trim=duration=2" $h264 cells.mkv
run -f lavfi -i "rgbtestsrc=size=240x136:rate=10:duration=2" \
    -c:v mpeg4 -q:v 12 -map_metadata -1 -fflags +bitexact bars.avi
run -f lavfi -i testsrc=size=160x90:rate=1:duration=1 -frames:v 1 -map_metadata -1 picture.png
run -f lavfi -i smptebars=size=160x90:rate=1:duration=1 -frames:v 1 -q:v 8 -map_metadata -1 picture.jpg
run -f lavfi -i sine=frequency=440:duration=1:sample_rate=16000 -c:a libopus -b:a 8k \
    -map_metadata -1 -fflags +bitexact voice.ogg
printf 'Plain text, served as a file that is no video.\n' > note.txt

# The first picture of each, as Discord's proxy takes it: of the one that fades in it is black.
for video in test-card.mp4 index-last.mp4 upright.mp4 fade-in.mp4 life.mov gradients.webm; do
    still=../stills/${video%.*}
    run -i "$video" -frames:v 1 -c:v libwebp -quality 60 -map_metadata -1 -fflags +bitexact \
        "$still.webp"
    run -i "$video" -frames:v 1 -q:v 8 -map_metadata -1 -bitexact -update 1 "$still.jpg"
done
