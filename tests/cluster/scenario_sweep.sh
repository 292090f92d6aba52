# Scenarios of jobs/sweep.sbatch, evaluate.sbatch and scaling.sbatch, sourced by run.sh.

# An array over a table, then one table of the results.
scenario_sweep() {
    local job i
    cat >table <<'END'
# settings of three runs
train.learning_rate  model.hidden  seed

0.001                4             1
0.1                  8             1
0.05                 8             2
END
    job=$(HOLODE_EVALUATE_ON=data.h5:train submit --nodes=1 --ntasks-per-node=1 --array=1-3 --output=sweep-%a.log "$jobs/sweep.sbatch" run.yaml table --set train.steps=1500)
    check "sweep: all runs end" await "[ \"\$(on ctl squeue -h -r -j $job -t all -o %T | sort | uniq -c)\" = '      3 COMPLETED' ]" 120
    for i in 1 2 3; do check "sweep: run $i" grep -q '\] complete$' sweep-$i.log; done
    "$HOLODE" collect sweep/* -o table.csv >out
    cat out
    check "collect: the keys that differ, and the likelihood" grep -qE '^run +seed +model.hidden +train.learning_rate +step +held_out_log_likelihood' out
    check "collect: three runs" [ "$(grep -c '^sweep/' out)" = 3 ]
    check "collect: the run that hardly learns comes last" grep -q '^sweep/1 ' <(tail -n 1 out)
    check "collect: sorted" awk '/^sweep/ {if (seen && $6 > last) exit 1; last = $6; seen = 1}' out
    check "collect: the likelihoods are those of holode evaluate" \
        [ "$(awk '$1 == "sweep/2" {print $6}' out)" = "$(printf %.4f "$(sed 's/.*"log_likelihood": \([-0-9.]*\).*/\1/' sweep/2/evaluation.json)")" ]
    check "collect: a table for other programs" [ "$(wc -l <table.csv)" = 4 ]
    # over two nodes: the same numbers
    cp sweep/2/evaluation.json before.json
    job=$(submit --nodes=2 "$jobs/evaluate.sbatch" sweep/2 --data data.h5:train)
    check "evaluate: ends" await "[ \"\$(state $job)\" = COMPLETED ]" 60
    check "evaluate: the same on two nodes" cmp before.json sweep/2/evaluation.json
}

# An array over a folder of alignments: imported, trained, judged, contacts, one table.
scenario_families() {
    local job k
    mkdir folder && make_family
    for k in 1 2 3; do hairpin 150 $k >folder/family$k.fasta; done
    job=$(HOLODE_ALPHABET=rna submit --nodes=1 --ntasks-per-node=1 --array=1-4 --output=family-%a.log "$jobs/families.sbatch" family.yaml folder)
    check "families: all jobs end" await "[ \"\$(on ctl squeue -h -r -j $job -t all -o %T | sort | uniq -c)\" = '      4 COMPLETED' ]" 120
    for k in 1 2 3; do
        check "families: family $k" grep -q '\] complete$' family-$k.log
        check "families: its contacts" [ "$(wc -l <families/family$k/contacts.csv)" = 29 ] # pairs of 12 sites that are 5 apart or more
    done
    check "families: a job beyond the last file" grep -q 'nothing to do' family-4.log
    "$HOLODE" collect families/* >out
    check "collect: three families" [ "$(grep -c '^families/family[123] .* 12 ' out)" = 3 ]
}

# Strong and weak scaling on 1, 2 and 4 nodes: a table, a page, the same bits.
scenario_scaling() {
    local job
    job=$(HOLODE_BATCH=512 HOLODE_STEPS=40 submit --nodes=4 --ntasks-per-node=1 "$jobs/scaling.sbatch" run.yaml)
    check "scaling: ends" await "[ \"\$(state $job)\" = COMPLETED ]" 150
    [ "$(state "$job")" = COMPLETED ] || { on ctl squeue -t all -j "$job" -o '%i %T %r'; on ctl sinfo -N -l; tail -n 20 "$job.log"; }
    cat "scaling-$job/scaling.txt"
    check "scaling: five layouts" [ "$(grep -cE '^(base|strong|weak) ' "scaling-$job/scaling.txt")" = 5 ]
    check "scaling: on four nodes" grep -qE '^strong +4 +4 ' "scaling-$job/scaling.txt"
    check "scaling: the same bits" grep -q '^Batch 512: the parameters at step 40 are identical, to the last bit, in all 3 runs' "scaling-$job/scaling.txt"
    check "scaling: a table for other programs" [ "$(wc -l <"scaling-$job/scaling.csv")" = 6 ]
    check "scaling: a page with three charts" [ "$(grep -c '<svg class="chart"' "scaling-$job/scaling.html")" = 3 ]
}
