autocmd BufRead,BufNewFile *.ccp setfiletype ccp
