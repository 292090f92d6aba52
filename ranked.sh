#!/bin/bash
echo $$ >"$OUT.$OMPI_COMM_WORLD_RANK"
exec "$HOLODE" train run.yaml -o "$OUT"
